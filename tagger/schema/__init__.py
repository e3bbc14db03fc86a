"""The form of the answers over REST and MCP, which servers and clients share."""
