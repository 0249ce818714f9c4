package main

import (
	"bufio"
	"fmt"
	"os"
	"sort"
)

func main() {
	count := map[string]int{}
	in := bufio.NewScanner(os.Stdin)
	in.Split(bufio.ScanWords)
	for in.Scan() {
		count[in.Text()]++
	}
	words := make([]string, 0, len(count))
	for word := range count {
		words = append(words, word)
	}
	sort.Slice(words, func(i, j int) bool {
		a, b := words[i], words[j]
		return count[a] > count[b] || count[a] == count[b] && a < b
	})
	out := bufio.NewWriter(os.Stdout)
	defer out.Flush()
	for _, word := range words {
		fmt.Fprintln(out, word, count[word])
	}
}
