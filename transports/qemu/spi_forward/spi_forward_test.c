// SPDX-License-Identifier: GPL-2.0
/* The controller's two sides against each other, in one thread of an ordinary process: what is answered, what isn't,
 * and that a reader gets a message's bytes and no others. */
#include <stdio.h>

#include "transports/qemu/spi_forward/spi_forward.c"

static unsigned long checks, failures;

#define CHECK(condition)                                       \
    do {                                                       \
        checks++;                                              \
        if (condition) break;                                  \
        failures++;                                            \
        printf("%s:%d: %s\n", __FILE__, __LINE__, #condition); \
    } while (0)

#define ZEROS sizeof(struct request)
#define SIZE 40

static void (*answer)(void); /* what the other end does with a message */
static u8 sent[4 * sizeof(struct request)];
static size_t overrun;

void stub_waits_for_answer(void) {
    if (answer) answer();
}

void stub_copies(const void* from, size_t size) {
    const u8* const end = (const u8*)out + sizeof(out->head) + SIZE; /* of every message here */
    if ((const u8*)from < (const u8*)out || (const u8*)from + size > end) overrun++;
}

/* A reader with a large buffer, as `cat` has. Bytes that came; 0: it would wait. */
static size_t read_some(void) {
    const ssize_t size = forward_read(NULL, (char*)sent, sizeof(sent), NULL);
    return size < 0 ? 0 : (size_t)size;
}

static void write_all(const void* bytes, size_t size) {
    const char* at = bytes;
    while (size != 0) {
        const ssize_t done = forward_write(NULL, at, size, NULL);
        CHECK(done > 0);
        at += done;
        size -= (size_t)done;
    }
}

static void reply(const u8* before, size_t noise) {
    u8 data[SIZE];
    size_t i;

    for (i = 0; i < SIZE; i++) data[i] = (u8)~out->data[i];
    write_all(before, noise);
    write_all(&out->head, sizeof(out->head));
    write_all(data, SIZE);
}

static void read_and_reply(void) {
    const size_t size = read_some();
    CHECK(size == sizeof(out->head) + SIZE);
    CHECK(memcmp(sent, out, size) == 0);
    reply(NULL, 0);
}

static void read_half_and_reply(void) {
    CHECK(forward_read(NULL, (char*)sent, SIZE / 2, NULL) == SIZE / 2);
    reply(NULL, 0);
}

/* Of a machine that died: bytes, and a header that ends too early. */
static void reply_behind_remains(void) {
    u8 remains[200];

    memset(remains, 'x', sizeof(remains));
    memcpy(remains + 150, &out->head, sizeof(out->head) - 1);
    CHECK(read_some() == sizeof(out->head) + SIZE);
    reply(remains, sizeof(remains));
}

static bool inverted(const u8* a, const u8* b) {
    size_t i;

    for (i = 0; i < SIZE; i++) {
        if (a[i] != (u8)~b[i]) return false;
    }
    return true;
}

static int transfer(u8* tx, u8* rx, void (*does)(void)) {
    struct spi_transfer whole = {tx, rx, SIZE, false};
    struct spi_message message = {&whole, 1, 0, 0};

    answer = does;
    transfer_one_message(controller, &message);
    answer = NULL;
    return message.status;
}

int main(void) {
    u8 tx[SIZE], rx[SIZE];
    size_t i;

    for (i = 0; i < SIZE; i++) tx[i] = (u8)(3 * i + 1);
    CHECK(stub_init() == 0);
    CHECK(transfer(tx, rx, NULL) == -EIO); /* nobody listens */
    forward_open(NULL, NULL);

    /* What a dead machine began is over behind so many zeros. */
    CHECK(read_some() == ZEROS);
    CHECK(read_some() == 0);

    /* A message goes out once and its answer comes back; then a reader waits, whether it had all of it or not. */
    memset(rx, 0, sizeof(rx));
    CHECK(transfer(tx, rx, read_and_reply) == 0);
    CHECK(inverted(rx, tx));
    CHECK(read_some() == 0);
    CHECK(transfer(tx, rx, read_half_and_reply) == 0);
    CHECK(read_some() == 0);
    memset(rx, 0, sizeof(rx));
    CHECK(transfer(tx, rx, reply_behind_remains) == 0);
    CHECK(inverted(rx, tx));
    CHECK(read_some() == 0);

    /* Nobody answers: an error, and zeros before the next message. */
    CHECK(transfer(tx, rx, NULL) == -ETIMEDOUT);
    CHECK(read_some() == ZEROS);
    CHECK(read_some() == 0);

    CHECK(overrun == 0);
    stub_exit();
    printf("%lu checks, %lu failed\n", checks, failures);
    return failures != 0;
}
