/* The C interface of libhal: for SystemVerilog (import "DPI-C"), dlopen, Python, and any language that calls C.
 *
 * Stateless: every call takes the transport, the intent and a workspace; nothing is kept between calls, there are no
 * handles. Thread-safe as long as no two calls share a transport or a workspace.
 * Numbers are in host byte order; addresses are byte addresses, 4-aligned; words are 32 bit.
 *
 * Versions. Structures that may grow begin with their size: fill them with zero, then set `size = sizeof(struct ...)`.
 * A library takes what an older caller knows and lets the rest be zero; a caller that knows more than the library gets
 * HAL_OLD_LIBRARY and nothing was done. Structures without a size, numbers and functions stay as they are for the life
 * of libhal.so.1.
 */
#ifndef RECONVERGE_HAL_H
#define RECONVERGE_HAL_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(__GNUC__)
#define HAL_EXPORT __attribute__((visibility("default")))
#else
#define HAL_EXPORT
#endif

/* Grows with everything that is added; what came with a version says so.
 * 2: hal_policy.stop, HAL_STOPPED, HAL_OLD_LIBRARY. */
#define HAL_ABI_VERSION 2u

/* What an access does. */
enum hal_op {
    HAL_READ = 0,       /* `count` words from rising addresses; only registers without read side effects */
    HAL_WRITE = 1,      /* `count` words to rising addresses */
    HAL_GUARD = 2,      /* go on only if (register & from[0]) == from[1] */
    HAL_CONSUME = 3,    /* one word from a register whose read has side effects */
    HAL_WRITE_FIXED = 4 /* `count` words to one address */
};

/* One access or burst of at most 128 words. */
struct hal_access {
    uint8_t op; /* enum hal_op */
    uint8_t reserved[3];
    uint32_t address;
    uint32_t count;
    uint32_t* into;       /* HAL_READ, HAL_CONSUME: receives the words */
    const uint32_t* from; /* the others: holds the words */
};

/* What went wrong. Numbers never change their meaning. */
enum hal_code {
    HAL_BUS_ERROR = 0,    /* the chip refused the address */
    HAL_GUARD_FAILED = 1, /* a precondition did not hold on the chip */
    HAL_FENCED = 2,       /* another instance owns the management port: stop, never claim again */
    HAL_CLAIM_LOST = 3,   /* somebody else claimed in between */
    HAL_LINK_DOWN = 4,    /* no valid reply within the retry bound */
    HAL_PROTOCOL = 5,     /* a valid frame that makes no sense */
    HAL_PEER_GONE = 6,    /* the other end closed the link */
    HAL_UNSUPPORTED = 7,  /* this transport cannot do that */
    HAL_BAD_ADDRESS = 8,  /* not aligned, or out of reach */
    HAL_WRONG_CHIP = 9,   /* the identity register shows another chip; nothing was written */
    HAL_INVALID = 10,     /* an argument is unusable; nothing was done */
    HAL_WORKSPACE = 11,   /* too small: `value` says how many bytes are needed; nothing was done */
    HAL_DEADLINE = 12,    /* the call's time is over; all writes so far took effect */
    HAL_STOPPED = 13,     /* hal_policy.stop asked for it; all writes so far took effect, no traffic is shut out */
    HAL_OLD_LIBRARY = 14  /* the caller knows more than this library; `value` is its version; nothing was done */
};

/* What the hardware may have experienced of the access that failed. */
enum hal_effect { HAL_EFFECT_NONE = 0, HAL_EFFECT_DONE = 1, HAL_EFFECT_UNKNOWN = 2 };

struct hal_error {
    uint8_t code;      /* enum hal_code */
    uint8_t effect;    /* enum hal_effect */
    uint16_t instance; /* block instance, 0xFFFF if none */
    uint16_t attempts; /* of the link */
    uint16_t reserved;
    uint32_t address;
    uint32_t value;     /* last value seen there, or evidence of the protocol */
    uint32_t completed; /* accesses of the batch known to have taken effect */
    uint64_t elapsed_ns;
};

/* The world: registers and time. The functions are called on the caller's thread, never concurrently. */
struct hal_transport {
    uint32_t size;
    uint32_t reserved;
    void* context; /* passed to each function */
    /* Executes the batch in order, stops at the first failure. 0, or 1 with `error` filled. */
    int (*execute)(void* context, const struct hal_access* batch, size_t count, struct hal_error* error);
    /* Nanoseconds of a clock that never goes back. */
    uint64_t (*now)(void* context);
    /* Returns at `deadline` or earlier. */
    void (*wait_until)(void* context, uint64_t deadline);
};

/* Words for the chip as they are. `digest` is what the hardware will compute over them. */
struct hal_image {
    const uint32_t* words;
    uint32_t count;
    uint32_t digest;
    uint32_t version;
};

/* The intended configuration of the whole chip. */
struct hal_intent {
    uint32_t size;
    uint32_t word_count;            /* hal_intent_words() */
    const uint32_t* words;          /* one per intent field of each instance, in the chip's order, within its range */
    const uint8_t* groups;          /* per instance: number of its atomic group, 0 for none; or NULL */
    const struct hal_image* images; /* per block type; or NULL */
};

struct hal_policy {
    uint32_t size;
    uint8_t plan_only;    /* observe, decide and report; write nothing */
    uint8_t drain;        /* may drain customer traffic to apply what would disturb it */
    uint8_t retry;        /* try blocks again that were given up */
    uint8_t no_guards;    /* the transport has no guards (PCIe) */
    uint64_t deadline_ns; /* 0: ten seconds */
    uint32_t drain_us;    /* 0: two seconds */
    uint32_t reserved;
    /* Since version 2. NULL, or asked at safe points: between two of them everything sent takes effect, and none lies
     * within a drain of this call that has succeeded. Not 0 ends the call with HAL_STOPPED. Must not touch the chip. */
    int (*stop)(void* context);
    void* stop_context;
};

enum hal_state {
    HAL_CONVERGED = 0,
    HAL_OFF = 1,         /* intentionally off, or below such a block: as good as converged */
    HAL_DEFERRED = 2,    /* needs a drain that was not allowed */
    HAL_NEEDS_RESET = 3, /* a write-once value differs */
    HAL_BROKEN = 4,      /* given up and isolated */
    HAL_BLOCKED = 5,     /* a parent doesn't work */
    HAL_PENDING = 6      /* plan_only: something would be written */
};

/* How many instances are in which state, and what the run cost. */
struct hal_report {
    uint32_t size;
    uint32_t converged, off, deferred, needs_reset, broken, blocked, pending;
    uint32_t reads, writes, batches, waits, passes;
    uint64_t elapsed_ns;
};

struct hal_instance_state {
    uint32_t state;  /* enum hal_state */
    const char* why; /* static text in English; "" when converged */
};

/* One item of a plan. */
struct hal_item {
    uint8_t op; /* HAL_WRITE, HAL_WRITE_FIXED or HAL_CONSUME */
    uint8_t reserved[3];
    uint32_t address;
    uint32_t count;
    uint32_t value;        /* of a single write */
    const uint32_t* burst; /* words of a burst; NULL for a single write */
};

/* Told of everything that will be written, before it is. Must not touch the chip. Either may be NULL. */
struct hal_listener {
    uint32_t size;
    uint32_t reserved;
    void* context;
    void (*item)(void* context, uint16_t instance, const struct hal_item* item, const char* why);
};

/* The chip that the library is for, at scale numerator/denominator (1/1 is the product). */
struct hal_chip {
    uint32_t size;
    uint32_t scale_numerator, scale_denominator;
};

/* HAL_ABI_VERSION of the library. Never fails. */
HAL_EXPORT uint32_t hal_abi_version(void);

/* Bytes of workspace that hal_converge needs; 0 if the chip isn't known. */
HAL_EXPORT size_t hal_workspace_size(const struct hal_chip* chip);

/* Words that an intent has, and block instances of the chip; 0 if the chip isn't known. */
HAL_EXPORT uint32_t hal_intent_words(const struct hal_chip* chip);
HAL_EXPORT uint32_t hal_instances(const struct hal_chip* chip);

/* What is known of one block instance. */
struct hal_instance {
    uint32_t size;
    uint32_t base;         /* byte address */
    const char* type;      /* "pll" */
    uint32_t type_number;  /* row of hal_intent.images */
    uint32_t index, count; /* which instance of its type, of how many */
    uint32_t wave;         /* 0 for blocks without parents, else one more than its highest parent's */
    uint32_t first_intent_word, intent_fields;
};

/* One word of an instance's intent. */
struct hal_intent_field {
    uint32_t size;
    uint32_t min, max, initial;
    const char* name; /* "output_khz" */
    const char* unit; /* "kHz" */
    const char* what; /* one sentence */
};

/* Facts of instance `instance`, and of field `field` of its intent. All texts are static.
 * 0, or 1 if there is no such chip, instance or field, or if `out` is bigger than this library knows. */
HAL_EXPORT int hal_describe_instance(const struct hal_chip* chip, uint32_t instance, struct hal_instance* out);
HAL_EXPORT int hal_describe_intent(const struct hal_chip* chip, uint32_t instance, uint32_t field,
                                   struct hal_intent_field* out);

/* Address of the identity register and what it reads on this chip: for links that have to tell data from silence.
 * 0, or 1 if the chip isn't known. */
HAL_EXPORT int hal_identity(const struct hal_chip* chip, uint32_t* address, uint32_t* value);

/* Fills `words`, hal_intent_words() of them, with the product's initial values. 0, or 1 if the chip isn't known. */
HAL_EXPORT int hal_initial_intent(const struct hal_chip* chip, uint32_t* words);

/* Brings the chip to the intent, whatever state it is in (hal/converge/converge.hpp says how and what is promised).
 * `workspace`: `workspace_size` bytes, 8-byte aligned, contents of no importance before and after.
 * `states`: NULL, or hal_instances() structures that are filled on success. `listener`: NULL, or told of all writes.
 * Returns 0 and fills `report`, or 1 and fills `error`. Errors: all of enum hal_code but HAL_BUS_ERROR and
 * HAL_GUARD_FAILED, which it handles; with any of them a later call goes on from where this one stopped. */
HAL_EXPORT int hal_converge(const struct hal_transport* transport, const struct hal_chip* chip,
                            const struct hal_intent* intent, const struct hal_policy* policy, void* workspace,
                            size_t workspace_size, struct hal_instance_state* states,
                            const struct hal_listener* listener, struct hal_report* report, struct hal_error* error);

#ifdef __cplusplus
}
#endif

#endif
