"""The plain theme: colours, fonts, icons and logo of a calm office; structure stays in the core."""
