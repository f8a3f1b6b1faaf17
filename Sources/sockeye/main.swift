print("sockeye")
