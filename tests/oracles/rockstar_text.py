"""Lists written line by line as Rockstar and consistent-trees write them."""

OUT_HEADER = """\
#ID DescID Mvir Vmax Vrms Rvir Rs Np X Y Z VX VY VZ Spin
#a = 0.500000
#Om = 0.300000; Ol = 0.700000; h = 0.680000
#FOF linking length: 0.280000
#Unbound Threshold: 0.500000; FOF Refinement Threshold: 0.700000
#Particle mass: 1.00000e+09 Msun/h
#Box size: 100.000000 Mpc/h
#Force resolution assumed: 0.003 Mpc/h
#Units: Masses in Msun / h
#Units: Positions in Mpc / h (comoving)
#Units: Velocities in km / s (physical, peculiar)
#Units: Halo Distances, Lengths, and Radii in kpc / h (comoving)
#Np is an internal debugging quantity.
#Rockstar Version: 0.99.9-RC3+
"""

HLIST_HEADER = """\
#scale(0) id(1) pid(2) upid(3) phantom(4) mvir(5) rvir(6) rs(7) mmp?(8) x(9) y(10) z(11) vx(12) \
vy(13) vz(14) b_to_a(500c)(15) Macc(16) Mpeak(17) Vpeak(18)
#Omega_M = 0.307115; Omega_L = 0.692885; h0 = 0.680000
#Full box size = 250.000000 Mpc/h
#Mvir: Halo mass (Msun/h).
#Rvir: Halo radius (kpc/h comoving).
#X/Y/Z: Halo position (Mpc/h comoving).
#VX/VY/VZ: Halo velocity (km/s physical).
#Consistent Trees Version 1.01
"""


def out_row(identifier, mass=1e12, position=(1.5, 2.5, 3.5)):
    x, y, z = position
    return (
        f"{identifier} -1 {mass:.3e} 120.5 110.25 200.5 20.25 40 "
        f"{x:.5f} {y:.5f} {z:.5f} 10.50 -20.25 30.75 0.05\n"
    )


def hlist_row(identifier, upid=-1, mass=1e12, pid=None):
    pid = upid if pid is None else pid
    return (
        f" 0.5010 {identifier:9d} {pid:9d} {upid:9d} 0 {mass / 2:.5e}  200.5 20.25  1 "
        f"{identifier % 97:9.5f} 2.50000 3.50000 10.5 -20.25 30.75 0.5 "
        f"{mass:.5e} {mass:.5e} 150.5\n"
    )
