"""Who may ask: tokens of Entra ID, secrets of Key Vault."""
