const int SIZE = 100;
