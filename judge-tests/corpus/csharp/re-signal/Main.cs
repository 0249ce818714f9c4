using System;

class Program
{
    static void Main()
    {
        Console.WriteLine("hello");
        throw new InvalidOperationException("nobody catches this");
    }
}
