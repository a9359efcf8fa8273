"""What each kind of room holds: one function a kind, from an empty Plan with its walls to a furnished one."""
