#include "scanner/sandbox.h"

#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdint.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifdef __SANITIZE_ADDRESS__
#define LIMIT_MEMORY 0
#else
#define LIMIT_MEMORY 1
#endif

void sandbox_close_from(int keep)
{
	if (close_range((unsigned)keep, ~0u, 0) == 0)
		return;
	for (int fd = keep; fd < (int)sysconf(_SC_OPEN_MAX); fd++) /* Linux before 5.9 */
		close(fd);
}

/* ---- limits ---- */

static bool limit(__rlimit_resource_t what, rlim_t n)
{
	struct rlimit l = { n, n };

	return setrlimit(what, &l) == 0;
}

/* proc(5): the first number of statm is the size of everything mapped, in pages. */
static bool limit_memory(size_t more)
{
	FILE *f = fopen("/proc/self/statm", "re");
	unsigned long pages = 0;
	bool ok = f && fscanf(f, "%lu", &pages) == 1;

	if (f)
		fclose(f);
	return ok && limit(RLIMIT_AS, (rlim_t)pages * (rlim_t)sysconf(_SC_PAGESIZE) + more);
}

/* ---- system calls ---- */

#if defined(__x86_64__)
#define ARCH AUDIT_ARCH_X86_64
#elif defined(__aarch64__)
#define ARCH AUDIT_ARCH_AARCH64
#endif

#ifdef ARCH
static const uint16_t allowed[] = {
	SYS_read, SYS_write, SYS_close, SYS_lseek, SYS_fstat,
	SYS_mmap, SYS_munmap, SYS_mremap, SYS_mprotect, SYS_madvise, SYS_brk,
	SYS_futex, SYS_clock_gettime, SYS_gettimeofday, SYS_getrandom, SYS_getpid, SYS_gettid,
	SYS_rt_sigprocmask, SYS_rt_sigreturn, SYS_exit, SYS_exit_group,
#ifdef __SANITIZE_ADDRESS__
	SYS_sigaltstack, SYS_sched_yield,
#endif
};
#define ALLOWED (sizeof(allowed) / sizeof(allowed[0]))

static bool filter_calls(void)
{
	static const struct sock_filter head[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, arch)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, ARCH, 1, 0),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	};
	struct sock_filter code[sizeof(head) / sizeof(head[0]) + 2 * ALLOWED + 1];
	struct sock_fprog program = { .filter = code };
	size_t n = 0;

	for (size_t i = 0; i < sizeof(head) / sizeof(head[0]); i++)
		code[n++] = head[i];
	for (size_t i = 0; i < ALLOWED; i++) {
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, allowed[i], 0, 1);
		code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	}
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EPERM);
	program.len = (unsigned short)n;
	return prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}
#else
/* No such filter for this processor. */
static bool filter_calls(void)
{
	return true;
}
#endif

bool sandbox_enter(const struct sandbox_limits *limits)
{
	bool ok = (!LIMIT_MEMORY || limit_memory(limits->memory)) && limit(RLIMIT_CPU, limits->cpu_s) && limit(RLIMIT_CORE, 0) &&
		  limit(RLIMIT_FSIZE, 0) && limit(RLIMIT_NPROC, 0) && limit(RLIMIT_NOFILE, 0) && prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0;

	return ok && (filter_calls() || errno == EINVAL); /* EINVAL: a kernel without filters */
}
