// Threads that meet at the engine's barrier. Usage: sleeping_wait THREADS ROUNDS PAUSE_EVERY
// Each round every thread writes its own cell without a lock and then reads all: a barrier that lets one thread pass too
// early shows as a wrong cell, and to the thread sanitizer as a race. Threads pause now and then, for longer than the
// others spin, so that these sleep. A sleep here lasts LOST_S seconds at most: a thread that was not woken although the
// counter had moved ends the program with 3, however slow the machine is.
#define _GNU_SOURCE
#include <errno.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#ifndef LOST_S
#define LOST_S 20
#endif

static long watched(long number, atomic_int * counter, int operation, int value, void * none, void * none2, int zero) {
    const struct timespec limit = {LOST_S, 0};
    const void * until = operation == FUTEX_WAIT_PRIVATE ? &limit : none;
    const long result = syscall(number, counter, operation, value, until, none2, zero);
    if (result == -1 && errno == ETIMEDOUT && atomic_load(counter) != value) {
        printf("a wake-up was lost\n");
        fflush(stdout);
        _exit(3);
    }
    return result;
}

#define syscall watched
#include "sleeping_wait.h"
#undef syscall

static atomic_int arrived, passed, sleepers;
static int n_threads, n_rounds, pause_every, cells[64], wrong[64];

static void * meet(void * argument) {
    const int me = (int) (intptr_t) argument;
    uint32_t random = 2463534242u + (uint32_t) me;
    for (int round = 1; round <= n_rounds; round++) {
        random ^= random << 13, random ^= random >> 17, random ^= random << 5;
        if (pause_every && random % (uint32_t) pause_every == 0) {
            const struct timespec pause = {0, 1000 + random % (4 * SLEEPING_WAIT_SPIN_NS + 1)};
            nanosleep(&pause, NULL);
        }
        cells[me] = round;
        sleeping_barrier(&arrived, &passed, &sleepers, n_threads);
        for (int other = 0; other < n_threads; other++) {
            wrong[me] += cells[other] != round;
        }
        sleeping_barrier(&arrived, &passed, &sleepers, n_threads);
    }
    return NULL;
}

int main(int count, char ** words) {
    if (count != 4) {
        return 2;
    }
    n_threads = atoi(words[1]), n_rounds = atoi(words[2]), pause_every = atoi(words[3]);
    pthread_t threads[64];
    for (intptr_t i = 0; i < n_threads; i++) {
        pthread_create(&threads[i], NULL, meet, (void *) i);
    }
    int sum = 0;
    for (int i = 0; i < n_threads; i++) {
        pthread_join(threads[i], NULL);
        sum += wrong[i];
    }
    printf("rounds %d, wrong %d, asleep %d\n", atomic_load(&passed) / 2, sum, atomic_load(&sleepers));
    return sum != 0;
}
