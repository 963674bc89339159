// A program that does nothing: what starting any program takes here. Linked statically, so that it is the least.
int main(void) { return 0; }
