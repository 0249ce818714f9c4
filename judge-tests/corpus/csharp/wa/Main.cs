using System;

class Program
{
    static void Main()
    {
        var numbers = Console.ReadLine().Split(' ');
        Console.WriteLine(int.Parse(numbers[0]) + int.Parse(numbers[1]));
    }
}
