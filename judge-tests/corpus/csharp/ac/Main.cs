using System;
using System.Collections.Generic;
using System.Linq;

class Program
{
    static void Main()
    {
        var count = new Dictionary<string, int>();
        string line;
        while ((line = Console.ReadLine()) != null)
            foreach (var word in line.Split(new[] { ' ' }, StringSplitOptions.RemoveEmptyEntries))
                count[word] = count.TryGetValue(word, out var times) ? times + 1 : 1;
        foreach (var entry in count.OrderByDescending(e => e.Value).ThenBy(e => e.Key, StringComparer.Ordinal))
            Console.WriteLine($"{entry.Key} {entry.Value}");
    }
}
