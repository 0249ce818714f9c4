class Queue {
    private static class Link {
        final int value;
        Link next;

        Link(int value) {
            this.value = value;
        }
    }

    private Link first;
    private Link last;

    void push(int value) {
        Link link = new Link(value);
        if (first == null) {
            first = link;
        } else {
            last.next = link;
        }
        last = link;
    }

    int pop() {
        int value = first.value;
        first = first.next;
        return value;
    }

    boolean isEmpty() {
        return first == null;
    }
}
