def one():
    return 1


import os
import select
import threading


def selects(x):
    select.select([os.pipe()[0]], [], [])


def locks(x):
    lock = threading.Lock()
    lock.acquire()
    lock.acquire()


def joins(x):
    event = threading.Event()
    thread = threading.Thread(target=event.wait)
    thread.start()
    thread.join()
