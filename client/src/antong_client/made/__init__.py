"""What tools/client.py makes from docs/openapi.json."""
