using System;
using System.Collections.Generic;

class Program
{
    static void Main()
    {
        var pieces = new List<byte[]>();
        for (int i = 0; i < 512; i++)
        {
            var piece = new byte[4 << 20];
            for (int j = 0; j < piece.Length; j += 1024) piece[j] = 1;
            pieces.Add(piece);
        }
        Console.WriteLine("hello " + pieces.Count);
    }
}
