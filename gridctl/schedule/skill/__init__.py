"""How good the forecasts have been, and what that says about the present one. Arrays in and out."""
