/* fault_disk: the file system as a seam, without a line of the program knowing.
 *
 * The linker puts these between the program's own objects and the C library (-Wl,--wrap=write and
 * the like); only regular files are counted and touched. Faults are chosen by the number of the
 * call since fault_disk_arm, so the same run meets them at the same place.
 */
#ifndef TESTS_FAULT_DISK_H
#define TESTS_FAULT_DISK_H

#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>

enum fault_disk_kind {
    FAULT_DISK_NONE,
    FAULT_DISK_FULL, /* half of a write, then ENOSPC, from there on, but for room that was taken */
    FAULT_DISK_BAD,  /* EIO, from there on */
    FAULT_DISK_ONE_ERROR,   /* EIO once */
    FAULT_DISK_KILL_BEFORE, /* the process ends before the call */
    FAULT_DISK_KILL_WITHIN, /* after half of a write */
    FAULT_DISK_KILL_AFTER,
    FAULT_DISK_INTERRUPT, /* the user presses Ctrl-C */
    FAULT_DISK_KINDS
};

enum { FAULT_DISK_KILLED = 99 }; /* exit status of a process that such a fault ended */

const char *fault_disk_words(enum fault_disk_kind kind);

/* Call number `at` (0 for the next) fails so. `synced` receives the journal's length whenever it is
 * flushed; `interrupted` is set by FAULT_DISK_INTERRUPT; `dying` is called before the process ends.
 * All are borrowed for good. */
void fault_disk_arm(enum fault_disk_kind kind, uint32_t at, _Atomic int64_t *synced,
                    volatile sig_atomic_t *interrupted, void (*dying)(void));

#endif
