// Waits in two steps for a counter to move: spins for a bounded time, then sleeps in the kernel until somebody wakes it.
//
// ggml's own barrier spins without a limit: a thread whose partner is not scheduled burns the partner's time slice, at
// every operation of the model. The limit here is a time and no number of turns, because the instruction that relaxes a
// core lasts from one cycle (ARM's yield) to 140 (x86's pause since Skylake). It is about what sleeping and being woken
// costs, so that a wait costs at most twice what the better of the two choices would have.
//
// No wake-up is lost. A sleeper raises `sleepers`, then looks at `counter`; the waker moves `counter`, then looks at
// `sleepers`; all four are sequentially consistent, so one of the two sees the other. What happens between the sleeper's
// look and its sleep is the kernel's part: FUTEX_WAIT compares the counter again under the lock that FUTEX_WAKE takes.

#pragma once

#include <limits.h>
#include <linux/futex.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#ifndef SLEEPING_WAIT_SPIN_NS
#define SLEEPING_WAIT_SPIN_NS 10000
#endif
// The clock is read once in so many turns: 16 pauses of x86 last 0.2 to 0.8 µs, 16 yields of ARM some 10 ns.
#define SLEEPING_WAIT_TURNS 16

_Static_assert(sizeof(atomic_int) == 4, "futex compares 32 bits");

static inline void sleeping_wait_relax(void) {
#if defined(__aarch64__)
    __asm__ volatile("yield" ::: "memory");
#elif defined(__x86_64__)
    __builtin_ia32_pause();
#endif
}

static inline int64_t sleeping_wait_now_ns(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t) now.tv_sec * 1000000000 + now.tv_nsec;
}

// Whether the time to spin is over; `turn` counts the calls and `until_ns`, 0 at first, is when it will be.
static inline bool sleeping_wait_spun(uint32_t * turn, int64_t * until_ns) {
    sleeping_wait_relax();
    if (++*turn % SLEEPING_WAIT_TURNS != 0) {
        return false;
    }
    const int64_t now_ns = sleeping_wait_now_ns();
    if (*until_ns == 0) {
        *until_ns = now_ns + SLEEPING_WAIT_SPIN_NS;
    }
    return now_ns >= *until_ns;
}

// Returns once `counter` is no longer `seen`; what its mover wrote before is visible then.
static inline void sleeping_wait(atomic_int * counter, atomic_int * sleepers, int seen) {
    uint32_t turn = 0;
    int64_t until_ns = 0;
    do {
        if (atomic_load_explicit(counter, memory_order_acquire) != seen) {
            return;
        }
    } while (!sleeping_wait_spun(&turn, &until_ns));

    atomic_fetch_add_explicit(sleepers, 1, memory_order_seq_cst);
    while (atomic_load_explicit(counter, memory_order_seq_cst) == seen) {
        // Returns at once if the counter has moved; a signal or a spurious return repeats the look.
        syscall(SYS_futex, counter, FUTEX_WAIT_PRIVATE, seen, NULL, NULL, 0);
    }
    atomic_fetch_sub_explicit(sleepers, 1, memory_order_relaxed);
}

// Moves `counter` and wakes whoever sleeps; the kernel is not called when nobody does.
static inline void sleeping_wait_wake(atomic_int * counter, atomic_int * sleepers) {
    atomic_fetch_add_explicit(counter, 1, memory_order_seq_cst);
    if (atomic_load_explicit(sleepers, memory_order_seq_cst) != 0) {
        syscall(SYS_futex, counter, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
    }
}

// Meets `n_threads` threads: all return after the last has come. `arrived` and `sleepers` are 0 at first.
static inline void sleeping_barrier(atomic_int * arrived, atomic_int * passed, atomic_int * sleepers, int n_threads) {
    const int seen = atomic_load_explicit(passed, memory_order_relaxed);
    if (atomic_fetch_add_explicit(arrived, 1, memory_order_seq_cst) == n_threads - 1) {
        atomic_store_explicit(arrived, 0, memory_order_relaxed);
        sleeping_wait_wake(passed, sleepers);
        return;
    }
    sleeping_wait(passed, sleepers, seen);
}
