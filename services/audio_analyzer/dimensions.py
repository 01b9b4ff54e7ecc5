"""How many numbers a descriptor has, and what they are called.

Apart from what computes them: the worker's parent process, which only announces them, loads no numerics.
"""

N_MFCC = 20
N_CONTRAST_BANDS = 7
NOTES = ("C", "C♯", "D", "E♭", "E", "F", "F♯", "G", "A♭", "A", "B♭", "B")
NOTE_IDS = ("c", "c_sharp", "d", "e_flat", "e", "f", "f_sharp", "g", "a_flat", "a", "b_flat", "b")
