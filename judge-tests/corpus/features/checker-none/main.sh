echo whatever
