def stop(world, stay, at):
    pass


def work(world, day):
    pass
