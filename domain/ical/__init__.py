"""What stands in a calendar that people subscribe to, or are invited with: from the record, never from the clock."""
