"""Programs as their languages read them: what the engine and the check of code stand on."""
