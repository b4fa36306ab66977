"""The sandbox as tools of coding assistants, over the Model Context Protocol: `yabandpay-mock mcp`.

The tools are made from the operations of the API and from the methods of the gateway, which say themselves what an
assistant needs to know. `serving` alone knows the SDK of the protocol.
"""
