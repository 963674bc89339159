// SPDX-License-Identifier: GPL-2.0
#pragma once
/* As much of the kernel as spi_forward.c needs to run in a test: one thread, and whatever would wait asks the test. */
#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/types.h>

typedef uint8_t u8;
typedef uint32_t u32;
typedef uint32_t __le32;
#define __packed __attribute__((packed))
#define __user
#define __init
#define __exit
#define ERESTARTSYS 512
#define cpu_to_le32(x) (x) /* this test is for such machines */
#define READ_ONCE(x) (*(volatile __typeof__(x)*)&(x))
#define min(a, b) ((a) < (b) ? (a) : (b))
#define module_param(name, type, mode)
#define MODULE_PARM_DESC(name, text)
#define MODULE_LICENSE(text)
#define MODULE_DESCRIPTION(text)
#define module_init(function) \
    int stub_init(void) { return function(); }
#define module_exit(function) \
    void stub_exit(void) { function(); }
#define THIS_MODULE 0

/* --- what the test provides */
void stub_waits_for_answer(void);                /* the controller has a message to be answered */
void stub_copies(const void* from, size_t size); /* to a reader */
int stub_init(void);
void stub_exit(void);

/* --- locks and waiting */
#define DEFINE_MUTEX(name) int name
#define mutex_lock(lock) ((void)++*(lock))
#define mutex_unlock(lock) ((void)--*(lock))
#define DECLARE_WAIT_QUEUE_HEAD(name) int name
#define wake_up(queue) ((void)*(queue))
#define wait_event_interruptible(queue, condition) ((void)(queue), (condition) ? 0 : -ERESTARTSYS)
#define DECLARE_COMPLETION(name) int name
#define reinit_completion(done) (*(done) = 0)
#define complete(done) (*(done) = 1)
#define msecs_to_jiffies(ms) (ms)
#define wait_for_completion_timeout(done, time) (stub_waits_for_answer(), (void)(time), (unsigned long)*(done))

/* --- memory */
#define GFP_KERNEL 0
#define kzalloc(size, flags) calloc(1, size)
#define kfree free
static inline unsigned long copy_to_user(void* to, const void* from, unsigned long size) {
    stub_copies(from, size);
    memcpy(to, from, size);
    return 0;
}
static inline unsigned long copy_from_user(void* to, const void* from, unsigned long size) {
    memcpy(to, from, size);
    return 0;
}
static inline unsigned long clear_user(void* to, unsigned long size) {
    memset(to, 0, size);
    return 0;
}
static inline u32 get_random_u32(void) { return 0x1234; }

/* --- devices */
struct inode;
struct file;
struct device {
    int unused;
};
struct platform_device {
    struct device dev;
};
struct file_operations {
    int owner;
    int (*open)(struct inode*, struct file*);
    int (*release)(struct inode*, struct file*);
    ssize_t (*read)(struct file*, char*, size_t, loff_t*);
    ssize_t (*write)(struct file*, const char*, size_t, loff_t*);
};
struct miscdevice {
    int minor;
    const char* name;
    const struct file_operations* fops;
};
#define MISC_DYNAMIC_MINOR 255
#define misc_register(device) ((void)(device), 0)
#define misc_deregister(device) ((void)(device))
#define platform_device_register_simple(name, id, resources, count) calloc(1, sizeof(struct platform_device))
#define platform_device_unregister free
#define IS_ERR(pointer) ((pointer) == NULL)
#define PTR_ERR(pointer) (-ENOMEM)

/* --- SPI */
struct spi_device;
struct spi_transfer {
    const void* tx_buf;
    void* rx_buf;
    unsigned len;
    bool cs_change;
};
struct spi_message {
    struct spi_transfer* transfers;
    unsigned count, actual_length;
    int status;
};
#define list_for_each_entry(entry, list, member) for ((entry) = *(list); (entry) != *(list) + message->count; ++(entry))
struct spi_board_info {
    char modalias[32];
    int bus_num, chip_select;
    unsigned max_speed_hz;
};
struct spi_controller {
    int bus_num, num_chipselect, mode_bits;
    unsigned bits_per_word_mask;
    size_t (*max_message_size)(struct spi_device*);
    int (*transfer_one_message)(struct spi_controller*, struct spi_message*);
};
#define SPI_CPOL 1
#define SPI_CPHA 2
#define SPI_BPW_MASK(bits) (1u << ((bits)-1))
#define spi_alloc_master(device, size) \
    ((void)(device), (struct spi_controller*)calloc(1, sizeof(struct spi_controller)))
#define spi_register_controller(c) ((void)(c), 0)
#define spi_unregister_controller free
#define spi_controller_put free
#define spi_new_device(c, board) ((void)(c), (void)(board), true)
#define spi_finalize_current_message(c) ((void)(c))
