using System;

class Program
{
    static int Main()
    {
        Console.WriteLine("hello");
        return 3;
    }
}
