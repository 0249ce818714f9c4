#pragma once

// The exit codes of testlib. Where the base is not set, partial points can't be told from the others.
#ifndef PC_BASE_EXIT_CODE
#define PC_BASE_EXIT_CODE 0
#endif
enum { OK = 0, WRONG = 1, PRESENTATION = 2, FAIL = 3, HALF = PC_BASE_EXIT_CODE + 100 };
