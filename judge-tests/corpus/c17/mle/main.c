#include <stdio.h>
#include <stdlib.h>

/* A linked list that never ends: many small pieces instead of few large ones. */
struct node {
    struct node *next;
    char payload[1000];
};

int main(void)
{
    struct node *head = NULL;
    for (long i = 0; i < 2L << 20; i++) {
        struct node *node = malloc(sizeof *node);
        if (!node)
            return 1;
        node->next = head;
        node->payload[0] = (char)i;
        head = node;
    }
    puts(head->next ? "hello" : "");
    return 0;
}
