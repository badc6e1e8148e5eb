"""What records refer to, the user's own or built in: foods, exercises, the plans of a diet."""
