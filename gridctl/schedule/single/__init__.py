"""One job decided: placed, compared, explained."""
