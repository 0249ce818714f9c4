name = "cm2"
