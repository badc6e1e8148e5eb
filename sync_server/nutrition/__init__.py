"""Nutrition: copies of days and meals, food logs with their foods."""
