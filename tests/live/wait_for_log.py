"""For mitmdump, after the addon: whoever has an answer can read the record of its error, however busy the disk is.

mitmdump -s addons/errors.py -s wait_for_log.py
"""

from baas_errors.record import log_writer

log_writer.QUICK = 20.0
