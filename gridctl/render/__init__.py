"""Turn answers into text, charts, pictures and pages. Nothing else imports rich or draws."""
