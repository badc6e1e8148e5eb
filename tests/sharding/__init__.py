"""Tests of what a sharded database demands, without one."""
