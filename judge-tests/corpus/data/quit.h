// testlib's exit statuses, for checkers and interactors written without testlib.
#ifndef QUIT_H
#define QUIT_H

#ifndef PC_BASE_EXIT_CODE
#define PC_BASE_EXIT_CODE 0
#endif

enum Quit { OK = 0, WRONG = 1, PRESENTATION = 2, FAIL = 3, DIRT = 4, POINTS = 7, UNEXPECTED_EOF = 8, PARTIALLY = PC_BASE_EXIT_CODE };

#endif
