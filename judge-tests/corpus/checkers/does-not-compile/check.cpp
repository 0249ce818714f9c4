int main()
{
    no_such_type x;
}
