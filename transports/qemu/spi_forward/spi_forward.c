// SPDX-License-Identifier: GPL-2.0
/*
 * An SPI controller whose bus is a byte stream: the kernel's SPI core and spidev work above it as above any other, and
 * a chip model outside of the machine answers. For rehearsals in a virtual machine only.
 *
 * /dev/spi_forward gives out what is to be sent and takes in what came back; two `cat` carry it to and from a port.
 * Out: {magic, number, size} little-endian, 32 bits each, then `size` bytes: one message, one assertion of chip select.
 * In:  the same header again, then as many bytes. Whatever lies before the header that is expected is skipped, so what
 * a machine that has died left in the stream does no harm. Before its first message, and after one that nobody
 * answered, the controller sends as many zeros as the longest message has bytes: then the other end, too, has come to
 * the end of a message that was cut.
 */
#include <linux/completion.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/platform_device.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <linux/spi/spi.h>
#include <linux/uaccess.h>
#include <linux/wait.h>

#define MAGIC 0x46495053 /* "SPIF" */
#define MOST 8192        /* bytes of a message */

struct head {
    __le32 magic, number, size;
} __packed;

struct request {
    struct head head;
    u8 data[MOST];
} __packed;

static unsigned int timeout_ms = 1000;
module_param(timeout_ms, uint, 0644);
MODULE_PARM_DESC(timeout_ms, "how long a message may go unanswered");
static unsigned int max_speed_hz = 25000000;
module_param(max_speed_hz, uint, 0444);
MODULE_PARM_DESC(max_speed_hz, "what the board is said to allow");

static struct platform_device* board;
static struct spi_controller* controller;
static DEFINE_MUTEX(lock); /* of everything below */
static DECLARE_WAIT_QUEUE_HEAD(to_send);
static DECLARE_COMPLETION(answered);
static struct request* out;
static size_t zeros, out_size, out_done; /* to be sent before `out`; of `out`, and of these those that are sent */
static u8* in;
static size_t in_size, in_done; /* expected; 0: nothing is */
static struct head window;      /* the last bytes that came in */
static bool in_message;         /* the expected header has been seen */
static u32 number;
static int users;

static void fill(struct spi_message* message) {
    struct spi_transfer* t;
    size_t size = 0;

    list_for_each_entry(t, &message->transfers, transfer_list) {
        if (t->tx_buf)
            memcpy(out->data + size, t->tx_buf, t->len);
        else
            memset(out->data + size, 0, t->len);
        size += t->len;
    }
    out->head.magic = cpu_to_le32(MAGIC);
    out->head.number = cpu_to_le32(++number);
    out->head.size = cpu_to_le32(size);
    out_size = sizeof(out->head) + size;
    out_done = 0;
    in_size = size;
    in_done = 0;
    in_message = false;
    reinit_completion(&answered);
}

static void empty(struct spi_message* message) {
    struct spi_transfer* t;
    size_t done = 0;

    list_for_each_entry(t, &message->transfers, transfer_list) {
        if (t->rx_buf) memcpy(t->rx_buf, in + done, t->len);
        done += t->len;
    }
    message->actual_length = done;
}

/* One assertion of chip select; a message that wants several is none of ours. */
static int check(struct spi_message* message) {
    struct spi_transfer* t;
    size_t size = 0;

    list_for_each_entry(t, &message->transfers, transfer_list) {
        if (t->cs_change) return -EINVAL;
        size += t->len;
    }
    return size == 0 ? -EINVAL : size > MOST ? -EMSGSIZE : users == 0 ? -EIO : 0;
}

static int transfer_one_message(struct spi_controller* c, struct spi_message* message) {
    bool came;

    mutex_lock(&lock);
    message->status = check(message);
    if (message->status == 0) fill(message);
    mutex_unlock(&lock);
    if (message->status == 0) {
        wake_up(&to_send);
        came = wait_for_completion_timeout(&answered, msecs_to_jiffies(timeout_ms)) != 0;
        mutex_lock(&lock);
        if (came) {
            empty(message);
        } else {
            message->status = -ETIMEDOUT;
            zeros = sizeof(*out);
        }
        out_size = 0;
        out_done = 0; /* waiting() is their difference */
        in_size = 0;
        mutex_unlock(&lock);
    }
    spi_finalize_current_message(c);
    return 0;
}

static size_t max_message_size(struct spi_device* device) { return MOST; }

/* A hint until the lock is held. */
static size_t waiting(void) { return READ_ONCE(zeros) + (READ_ONCE(out_size) - READ_ONCE(out_done)); }

static ssize_t forward_read(struct file* file, char __user* into, size_t size, loff_t* at) {
    ssize_t done;

    do {
        if (wait_event_interruptible(to_send, waiting() != 0)) return -ERESTARTSYS;
        mutex_lock(&lock);
        if (zeros != 0) {
            done = min(size, zeros);
            if (clear_user(into, done))
                done = -EFAULT;
            else
                zeros -= done;
        } else {
            done = min(size, out_size - out_done);
            if (copy_to_user(into, (u8*)out + out_done, done))
                done = -EFAULT;
            else
                out_done += done;
        }
        mutex_unlock(&lock);
    } while (done == 0 && size != 0);
    return done;
}

/* Slides over the stream until the header of the request is seen. */
static void look_for_head(u8 byte) {
    u8* bytes = (u8*)&window;

    memmove(bytes, bytes + 1, sizeof(window) - 1);
    bytes[sizeof(window) - 1] = byte;
    in_message = memcmp(&window, &out->head, sizeof(window)) == 0;
}

static ssize_t forward_write(struct file* file, const char __user* from, size_t size, loff_t* at) {
    u8 part[256];
    size_t i;

    size = min(size, sizeof(part));
    if (copy_from_user(part, from, size)) return -EFAULT;
    mutex_lock(&lock);
    for (i = 0; i < size && in_size != 0; i++) {
        if (!in_message) {
            look_for_head(part[i]);
            continue;
        }
        in[in_done++] = part[i];
        if (in_done < in_size) continue;
        in_size = 0;
        complete(&answered);
    }
    mutex_unlock(&lock);
    return size;
}

static int forward_open(struct inode* inode, struct file* file) {
    mutex_lock(&lock);
    users++;
    mutex_unlock(&lock);
    return 0;
}

static int forward_release(struct inode* inode, struct file* file) {
    mutex_lock(&lock);
    users--;
    mutex_unlock(&lock);
    return 0;
}

static const struct file_operations operations = {
    .owner = THIS_MODULE,
    .open = forward_open,
    .release = forward_release,
    .read = forward_read,
    .write = forward_write,
};

static struct miscdevice stream = {
    .minor = MISC_DYNAMIC_MINOR,
    .name = "spi_forward",
    .fops = &operations,
};

static int add_controller(void) {
    struct spi_board_info chip = {.modalias = "heron", .bus_num = 0, .chip_select = 0};
    int error;

    chip.max_speed_hz = max_speed_hz;
    controller = spi_alloc_master(&board->dev, 0);
    if (!controller) return -ENOMEM;
    controller->bus_num = 0;
    controller->num_chipselect = 1;
    controller->mode_bits = SPI_CPOL | SPI_CPHA;
    controller->bits_per_word_mask = SPI_BPW_MASK(8);
    controller->max_message_size = max_message_size;
    controller->transfer_one_message = transfer_one_message;
    error = spi_register_controller(controller);
    if (error) {
        spi_controller_put(controller);
        return error;
    }
    if (!spi_new_device(controller, &chip)) {
        spi_unregister_controller(controller);
        return -ENODEV;
    }
    return 0;
}

static int __init forward_init(void) {
    int error = -ENOMEM;

    out = kzalloc(sizeof(*out), GFP_KERNEL);
    in = kzalloc(MOST, GFP_KERNEL);
    if (!out || !in) goto no_memory;
    zeros = sizeof(*out);
    number = get_random_u32();
    board = platform_device_register_simple("spi_forward", -1, NULL, 0);
    if (IS_ERR(board)) {
        error = PTR_ERR(board);
        goto no_memory;
    }
    error = misc_register(&stream);
    if (error) goto no_stream;
    error = add_controller();
    if (!error) return 0;
    misc_deregister(&stream);
no_stream:
    platform_device_unregister(board);
no_memory:
    kfree(out);
    kfree(in);
    return error;
}

static void __exit forward_exit(void) {
    spi_unregister_controller(controller);
    misc_deregister(&stream);
    platform_device_unregister(board);
    kfree(out);
    kfree(in);
}

module_init(forward_init);
module_exit(forward_exit);
MODULE_LICENSE("GPL");
MODULE_DESCRIPTION("SPI controller that forwards messages to a chip model (rehearsals only)");
