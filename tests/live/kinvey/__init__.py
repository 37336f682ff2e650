"""A real Flex service, a real client, and a stand-in for Kinvey itself."""
