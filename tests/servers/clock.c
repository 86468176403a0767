/* Adds SLO_TEST_CLOCK_MS milliseconds to the wall clock of a process that loads this by LD_PRELOAD; see clock.rs. The
   monotonic clock is unchanged. Rust's standard library reads both through this function. */
#define _GNU_SOURCE
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

int clock_gettime(clockid_t clock, struct timespec *at) {
    int failed = (int)syscall(SYS_clock_gettime, clock, at);
    const char *moved = clock == CLOCK_REALTIME ? getenv("SLO_TEST_CLOCK_MS") : NULL;
    if (failed == 0 && moved != NULL) {
        long long ns = at->tv_nsec + atoll(moved) % 1000 * 1000000;
        long long carry = (ns >= 1000000000) - (ns < 0);
        at->tv_sec += atoll(moved) / 1000 + carry;
        at->tv_nsec = ns - carry * 1000000000;
    }
    return failed;
}
