package main

import "fmt"

func main() {
	for {
		fmt.Println("one more line of no use to anyone")
	}
}
