#!/usr/bin/env bash
# A real Slurm cluster of N nodes on this machine: all of it in the folder R; nothing in /etc or /var is touched.
#   R=$(mktemp -d) N=3 up.sh      then: export SLURM_CONF=$R/slurm.conf; sbatch …; R=$R down.sh
# Needs: apt-get install -y --no-install-recommends slurm-wlm munge. Runs as root. About 2 s.
set -euo pipefail
: "${R:?a folder of its own}"
N=${N:-3}; CPUS=${CPUS:-2}; H=$(hostname -s); BASE=${BASE:-17000}
mkdir -p "$R"/{munge,state,log,run}; chmod 755 "$R" "$R/munge"
[ -f "$R/munge/key" ] || (umask 077; head -c 1024 /dev/urandom > "$R/munge/key")
cat > "$R/slurm.conf" <<CONF
ClusterName=lab
SlurmctldHost=$H(127.0.0.1)
SlurmUser=root
SlurmdUser=root
AuthType=auth/munge
CredType=cred/munge
AuthInfo=socket=$R/munge/sock,cred_expire=5
SlurmctldPort=$((BASE - 183))
StateSaveLocation=$R/state
SlurmdSpoolDir=$R/spool.%n
SlurmctldPidFile=$R/run/slurmctld.pid
SlurmdPidFile=$R/run/slurmd.%n.pid
SlurmctldLogFile=$R/log/slurmctld.log
SlurmdLogFile=$R/log/slurmd.%n.log
SlurmdParameters=config_overrides
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
JobAcctGatherType=jobacct_gather/none
AccountingStorageType=accounting_storage/none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core
SchedulerType=sched/backfill
SchedulerParameters=batch_sched_delay=0,sched_interval=1,sched_min_interval=0,bf_interval=1
MpiDefault=none
MailProg=/bin/true
ReturnToService=2
KillWait=2
MinJobAge=300
SlurmctldTimeout=10
SlurmdTimeout=5
MaxArraySize=10001
MaxJobCount=20000
PartitionName=main Nodes=ALL Default=YES MaxTime=INFINITE State=UP
CONF
for i in $(seq 1 "$N"); do
  mkdir -p "$R/spool.n$i"
  echo "NodeName=n$i NodeHostname=n$i NodeAddr=127.0.0.1 Port=$((BASE + i)) CPUs=$CPUS RealMemory=4000 State=UNKNOWN" >> "$R/slurm.conf"
done
export SLURM_CONF=$R/slurm.conf
start() { local name=$1; shift; setsid "$@" > "$R/log/$name.out" 2>&1 < /dev/null & echo $! > "$R/run/$name.p"; }
start munged munged -F --key-file="$R/munge/key" --socket="$R/munge/sock" --pid-file="$R/munge/pid" --log-file="$R/munge/log" --seed-file="$R/munge/seed" --force
for _ in $(seq 200); do [ -S "$R/munge/sock" ] && break; sleep 0.05; done
start ctld slurmctld -D -c
for i in $(seq 1 "$N"); do start "n$i" slurmd -D -N "n$i"; done
for _ in $(seq 300); do
  [ "$(sinfo -h -N -o %T 2>/dev/null | grep -c '^idle')" = "$N" ] && { sinfo -N -o "%N %T %c"; exit 0; }
  sleep 0.1
done
echo "not up in 30 s: see $R/log" >&2; exit 1
