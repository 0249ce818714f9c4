#warning "warned on purpose"

int main(void)
{
    return 0;
}
