using System;

class Program
{
    static void Main()
    {
        while (true) Console.WriteLine("one more line of no use to anyone");
    }
}
