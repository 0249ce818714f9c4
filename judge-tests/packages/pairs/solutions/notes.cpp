int main() { return not_yet; }
