// Checks that go on after a failure, and the count of them.
#pragma once

#include <cstdio>

inline int n_failed = 0;

#define CHECK(condition)                                                             \
  do {                                                                               \
    if (!(condition)) {                                                              \
      if (n_failed++ < 20) std::printf("%s:%d: not so: %s\n", __FILE__, __LINE__, #condition); \
    }                                                                                \
  } while (false)
