import '../ui/base.css';
import './latency.css';
import { mountPanel } from '../ui/mount.tsx';
import { LatencyApp } from './app.tsx';

mountPanel(LatencyApp);
