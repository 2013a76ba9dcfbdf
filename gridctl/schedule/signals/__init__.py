"""What is known of the coming hours: signals, where they come from, how they are looked at."""
